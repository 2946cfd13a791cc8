/**
 * Calls everything that a Node client of another vendor has: `node drive.cjs CLIENT ORDER`, as drive.py
 * does for the Python ones. NODE_PATH says where the clients are installed.
 */
const [client, text] = process.argv.slice(2)
const order = JSON.parse(text)
const open = {
  segment() {
    const {Analytics} = require('@segment/analytics-node')
    return new Analytics({writeKey: order.key, host: order.host})
  },
  customerio() {
    const {Analytics} = require('@customerio/cdp-analytics-node')
    return new Analytics({writeKey: order.key, host: order.host})
  },
  rudderstack() {
    const Analytics = require('@rudderstack/rudder-sdk-node')
    return new Analytics(order.key, {dataPlaneUrl: order.host, gzip: order.zip, logLevel: 'error'})
  },
}

const calls = open[client]()
const who = {userId: order.user, anonymousId: order.anonymous}
calls.track({
  anonymousId: order.anonymous,
  event: 'Song Played',
  properties: {title: 'Low Tide', seconds: 215, tags: ['sea', 'calm'], band: {name: 'The Potters'}},
  timestamp: new Date(order.time),
})
calls.identify({...who, traits: {firstName: 'Grace', plan: 'pro'}})
const page = {url: 'https://shop.example/docs?utm_source=post', title: 'Docs'}
calls.page({...who, category: 'Docs', name: 'Home', properties: page})
calls.screen({...who, category: 'Shop', name: 'Cart', properties: {items: 2}})
calls.group({...who, groupId: 'acme', traits: {name: 'Acme', employees: 12}})
calls.alias({previousId: order.former, userId: order.user})
// The process ends by itself once all is sent: whatever is still to be retried keeps it.
calls.closeAndFlush ? calls.closeAndFlush() : calls.flush()
