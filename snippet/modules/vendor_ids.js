/**
 * Vendor ids: removes what another vendor's script keeps on the device, for whoever is told that nothing
 * may be kept.
 *
 * Of a cookieless source too, whose box is none of the device's.
 *
 * Gives    tag.drop
 * Needs    storage, forget
 * Misses   cookies of a path of their own
 *
 * @param {Tag} tag
 */
function vendor_ids(tag) {
  tag.drop = (name) => {
    tag.attempt(() => delete localStorage[name])
    const labels = location.hostname.split('.')
    // Without a domain: of this host alone, as on an address.
    for (const domain of ['', ...labels.map((_, from) => ';domain=' + labels.slice(from).join('.'))]) {
      tag.attempt(() => (document.cookie = name + '=;max-age=0;path=/' + domain))
    }
  }
}
