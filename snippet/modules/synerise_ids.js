/**
 * Synerise's ids: a browser that its script knows stays who it is, and servers made for it find it.
 *
 * A browser without a uuid of ours takes, when it first needs one, that of the cookie `_snrs_uuid` or
 * `_snrs_p`, with its identityHash. A uuid that a server has written to `_snrs_reset_uuid` is taken
 * whenever it is there, and then removed; of one that stays, a value counts once. Servers know visitors by these cookies, and by the hash
 * whether two uuids are one person: so `_snrs_uuid` and, of `_snrs_p`, `uuid` and `identityHash` are
 * kept in step with ours, with the consent that ours have, and removed with them.
 *
 * Gives    tag.become
 * Needs    storage, forget, vendor_ids, visitor, identity
 * Misses   a cookieless source adopts and writes none
 *
 * @param {Tag} tag
 */
function synerise_ids(tag) {
  const year = 34560000
  const pattern = /^[\w-]{36,128}$/
  const forget = tag.forget
  const visitor = tag.visitor
  /** What uuid and identityHash shall be, as soon as an id may be kept. */
  let wanted = ''
  let wantedHash = ''

  tag.become = (id, hash) => {
    wanted = id
    wantedHash = hash
    tag.visitor()
  }

  tag.forget = () => {
    forget()
    for (const name of ['uuid', 'puuid', 'p', 'sa', 'sb', 'params', 'reset_uuid']) tag.drop('_snrs_' + name)
  }

  // In cookieless mode nothing is looked at.
  if (!tag.cookie) return

  tag.visitor = (renew) => {
    const known = tag.read('uuid')
    const reset = read('reset_uuid')
    // One of another path cannot be removed. It counts once, else it would take the place of who comes later.
    const fresh = reset !== tag.read('reset')
    let next = wanted || (fresh ? reset : '')
    let hash = wantedHash
    if (!known && !next && !renew) {
      const p = read('p')
      next = pattern.test(read('uuid')) ? read('uuid') : p.match(/(?:^|[^a-z])uuid\W{1,6}?([\w-]{36})/)?.[1] || ''
      hash = p.match(/identityHash\W{1,6}?(-?\d+)/)?.[1] || ''
    }
    if (pattern.test(next) && !known.startsWith(next)) {
      // Of somebody else the email is not known, so that the next one makes no new visitor.
      tag.write('identity', hash + '.', hash ? year : 1)
      tag.write('uuid', next + '.' + Date.now(), year)
      renew = false
    }
    if (reset && fresh) {
      tag.drop('_snrs_reset_uuid')
      if (read('reset_uuid') === reset && pattern.test(reset)) tag.write('reset', reset, year)
    }
    wanted = wantedHash = ''

    const id = visitor(renew)
    // What is kept, not what a page says for its events; nothing, where nothing may be.
    const kept = tag.read('uuid').split('.')[0]
    if (id && kept) {
      hash = tag.read('identity').split('.')[0]
      const p = '&' + read('p')
      // What servers have told of this one beside.
      const others = p.includes(`&uuid:${kept}`) ? p.replace(/&(?:uuid|identityHash):[^&]*/g, '') : ''
      keep('uuid', kept)
      keep('p', `uuid:${kept}${hash && '&identityHash:' + hash}${others === '&' ? '' : others}`)
    }
    return id
  }

  /** @param {string} name */
  function read(name) {
    return (
      tag.attempt(() => decodeURIComponent(`; ${document.cookie}`.split(`; _snrs_${name}=`)[1].split(';')[0])) || ''
    )
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  function keep(name, value) {
    if (read(name) !== value) {
      tag.drop('_snrs_' + name)
      tag.cookie('_snrs_' + name, value, year)
    }
  }
}
