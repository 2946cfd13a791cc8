/**
 * Downloads: links to files, known by their extension or by the attribute `download`.
 *
 * Sends    `file.download`: { url, extension, where it is a known one }
 * Gives    tag.download
 * Needs    links
 * Misses   files without a telling name or attribute; files that a script makes
 *
 * @param {Tag} tag
 */
function downloads(tag) {
  // od: ods, odt and the like; mp: mp3, mp4, mpg.
  const known = /\.((doc|xls|ppt)x?|od.|pdf|csv|txt|zip|rar|7z|gz|exe|msi|dmg|pkg|apk|mp.|mov)$/

  tag.download = ({href, pathname}, link) => {
    const extension = known.exec((link.download || pathname).toLowerCase())?.[1]
    if (extension || link.hasAttribute('download')) {
      tag.track('file.download', {url: href, extension})
      return true
    }
  }
}
