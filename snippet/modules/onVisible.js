/**
 * onVisible: an element is seen, once, when a tenth of it is in view.
 *
 * Gives    tagwell.rescan(), which finds elements added since
 * Needs    triggers
 * Misses   an element more than ten times as large as the window
 *
 * @param {Tag} tag
 */
function onVisible(tag) {
  const found = new WeakSet()
  const observer = new IntersectionObserver(
    tag.guard((entries) => {
      for (const {target, intersectionRatio} of entries) {
        // Just below a tenth: a ratio is rounded.
        if (intersectionRatio < 0.099) continue
        observer.unobserve(target)
        tag.fire('onVisible', target)
      }
    }),
    {threshold: 0.1}
  )

  tag.methods.rescan = () => {
    for (const element of tag.all('[data-tracardi-tag]')) {
      if (found.has(element) || !tag.wanted('onVisible', element).length) continue
      found.add(element)
      observer.observe(element)
    }
  }
  tag.methods.rescan()
}
