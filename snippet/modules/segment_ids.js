/**
 * Segment's ids: who user and group are, and that a browser which Segment's or Customer.io's script
 * knows stays who it is.
 *
 * Their ids are read once, with the first event that may be sent, and only where this browser has no
 * uuid of ours: the anonymous id becomes the uuid; user, group and their traits stay known.
 * `visitor` wants 36 characters without a dot, so another id lies there encoded, with slashes behind.
 *
 * What is kept goes out with each message, and may not make one too large: a value of 8,000 bytes is
 * not kept.
 *
 * Gives    tag.known, tag.say, tag.learn, tag.keep, tag.rename, tag.unname
 * Needs    storage, visitor, identity, forget, vendor_ids
 * Misses   ids that are not of 1 to 128 printable ASCII characters; a cookieless source adopts none. A
 *          tag of the same site without this module sends an id that is no uuid as it lies there: as
 *          another visitor's. Traits that the list of params refuses are kept here, and never sent
 *
 * @param {Tag} tag
 */
function segment_ids(tag) {
  const names = ['user_id', 'user_traits', 'group_id', 'group_properties', 'anonymous_id'].map((name) => 'ajs_' + name)
  const key = tag.config.name + '_segment'
  const identify = tag.identify
  const forget = tag.forget
  const visitor = tag.visitor
  const send = tag.send
  /** What was said of user and group, as JSON, and is not kept yet. */
  let said = ''
  /** What the uuid shall be from the next event on. */
  let wanted = ''
  let looked = false

  // Read each time: another tab may have changed it.
  tag.known = () => tag.attempt(() => JSON.parse(said || tag.box[key])) || {}

  tag.say = (change) => {
    for (const name of Object.keys(change)) if (!fits(change[name])) throw 'too large'
    said = tag.text({...tag.known(), ...change})
  }

  // Another one begins with no traits, save those that were said before anybody was known.
  tag.learn = (name, traitsName, id, traits) => {
    const {[name]: was, [traitsName]: old} = tag.known()
    const now = (id ?? '') === '' ? was : '' + id
    const before = !was || was === now ? old : {}
    const all = {...before, ...traits}
    tag.say({[name]: now, [traitsName]: fits(all) ? all : before})
    return [now, all]
  }

  // Without a visitor's id nothing may be kept, or not yet.
  tag.keep = () => {
    if (said && tag.visitor()) {
      tag.attempt(() => {
        tag.box[key] = said
        said = ''
      })
    }
  }

  // What waited for consent comes this way, and had no visitor's id when it was made.
  tag.send = (event) => {
    const {segment} = event
    if (segment?.type === 'alias') segment.previousId = segment.previousId || tag.visitor()
    send(event)
    tag.keep()
  }

  tag.rename = (id) => (wanted = id)

  tag.unname = () => names.forEach(tag.drop)

  tag.forget = () => {
    forget()
    tag.unname()
  }

  // In cookieless mode nothing is looked at.
  if (!tag.cookie) return

  // Who was here comes before who is told to be.
  tag.identify = (profile) => {
    tag.visitor()
    identify(profile)
  }

  tag.visitor = (renew) => {
    if (!looked) {
      looked = true
      if (!tag.read('uuid')) adopt()
    }
    if (!renew && /^[!-~]{1,128}$/.test(wanted)) {
      const id = encodeURIComponent(wanted).replace(/\./g, '%2E').padEnd(36, '/')
      tag.write('uuid', `${id}.${Date.now()}`, 34560000)
    }
    wanted = ''
    const id = /** @type {string} */ (visitor(renew))
    return tag.attempt(() => decodeURIComponent(id.split('/')[0])) || id
  }

  /** @param {any} value */
  function fits(value) {
    return tag.text(value).length < 8000
  }

  function adopt() {
    const [id, traits, group, groupTraits, anonymous] = names.map((name) => {
      const cookie = tag.attempt(() => decodeURIComponent(`; ${document.cookie}`.split(`; ${name}=`)[1].split(';')[0]))
      const text = cookie || tag.attempt(() => tag.box[name]) || ''
      // JSON, or the text itself. A number stays text: a long one would be another one.
      return tag.attempt(() => fits(text) && (/^["{]/.test(text) ? JSON.parse(text) : text !== 'null' && text)) || undefined
    })
    wanted = wanted || anonymous || ''
    const now = tag.known()
    // Another's traits and group are not theirs.
    if ((id || group) && (now.id ?? id) === id) {
      said = tag.text({id, traits: {...traits, ...now.traits}, group, groupTraits, ...(now.group && now)})
    }
    if (id) identify({customId: id})
  }
}
