/**
 * Segment's query: the calls that a page's address asks for, or what stands behind a `?` in its hash:
 * ajs_aid, the anonymous id; ajs_uid and ajs_trait_*, identify; ajs_event and ajs_prop_*, track.
 *
 * As anybody can write a link, the snippet's load() may say which ids are taken, or that none is. An
 * ajs_aid is taken only where it says which: by that of another browser a link would put what this
 * visitor tells later into a stranger's profile.
 *
 * Gives    tag.asked
 *
 * @param {Tag} tag
 */
function segment_query(tag) {
  tag.asked = ({aid, uid = /./}) => {
    const query = new URLSearchParams(location.search || location.hash.replace(/.*\?/, ''))
    /** @param {string} prefix */
    const beginning = (prefix) => {
      const found = [...query].filter(([name]) => name.startsWith(prefix))
      return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
    }
    const anonymous = query.get('ajs_aid')
    const id = query.get('ajs_uid')
    const event = query.get('ajs_event')
    const calls = []
    if (anonymous && aid?.test(anonymous)) calls.push(['setAnonymousId', anonymous])
    if (id && uid.test(id)) calls.push(['identify', id, beginning('ajs_trait_')])
    if (event) calls.push(['track', event, beginning('ajs_prop_')])
    return calls
  }
}
