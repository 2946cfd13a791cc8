/**
 * Elements: finds what is tagged, in the page and its open shadow roots, now and whenever it comes.
 *
 * One observer sees the document and each root. A batch of its news costs one walk through what came
 * and went; what was only moved is as it was. Seconds count while the page is seen.
 *
 * Gives    tag.watch; tagwell.rescan(), which looks at everything once more
 * Needs    triggers
 * Misses   closed shadow roots; what lies in a frame without a tag of its own
 *
 * @param {Tag} tag
 */
function elements(tag) {
  /** Of each trigger its tag and who sees the elements. @type {[string, IntersectionObserver][]} */
  const watches = []
  const observer = new MutationObserver(
    tag.guard((records) => {
      for (const {target, attributeName, addedNodes, removedNodes} of records) {
        for (const node of attributeName ? [target] : [...addedNodes, ...removedNodes]) walk(node)
      }
    })
  )

  tag.watch = (triggers, rootMargin) => {
    for (const trigger of triggers) {
      /** The timers of what counts down, 0 for what is done. @type {WeakMap<Element, number>} */
      const timers = new WeakMap()
      // A bit less: a ratio is rounded. The steps below it are for what is larger than the window: the
      // last one that it reaches shows nine tenths of what can be seen of it.
      const share = (trigger.percent || 10) / 100 - 0.001
      const threshold = [share]
      for (let step = share; step > 0.001; ) threshold.push((step *= 0.9))
      const seer = new IntersectionObserver(
        tag.guard((/** @type {any[]} */ entries) => {
          for (const {target, intersectionRatio, intersectionRect, rootBounds} of entries) {
            const timer = timers.get(target)
            // A frame of another origin is not told the bounds.
            if (intersectionRatio >= share || intersectionRect.height > rootBounds?.height * 0.89) {
              if (!timers.has(target)) wait(target, trigger.seconds || 0)
            } else if (timer) {
              clearTimeout(timer)
              timers.delete(target)
            }
          }
        }),
        {threshold, rootMargin}
      )
      watches.push([trigger.tag, seer])

      /**
       * @param {Element} element
       * @param {number} left
       */
      function wait(element, left) {
        if (left > 0) {
          const next = tag.guard(() => {
            if (!element.isConnected) timers.delete(element)
            // An <img name="hidden"> is no true.
            else wait(element, document.hidden === true ? left : left - 1)
          })
          timers.set(element, setTimeout(next, Math.min(left, 1) * 1000))
        } else {
          timers.set(element, 0)
          seer.unobserve(element)
          tag.fire([trigger], [element])
        }
      }
    }
  }

  // A root that comes later tells nobody: no event, no news for an observer. A frozen prototype
  // stays as it is.
  const attach = Element.prototype.attachShadow
  /** @this {Element} @param {any} init */
  function attachShadow(init) {
    const root = attach.call(this, init)
    tag.guard(walk)(this)
    return root
  }
  Reflect.set(Element.prototype, 'attachShadow', attachShadow)

  tag.methods.rescan = () => see(document)
  // Once all interactions are there.
  queueMicrotask(tag.guard(tag.methods.rescan))

  /** @param {any} root */
  function see(root) {
    observer.observe(root, {subtree: true, childList: true, attributeFilter: ['data-tracardi-tag']})
    walk(root)
  }

  // By the prototype: <form name="createTreeWalker"> hides the document's.
  /** @param {any} node */
  function walk(node) {
    const walker = Document.prototype.createTreeWalker.call(document, node, 1)
    for (; node; node = walker.nextNode()) {
      if (node.shadowRoot instanceof ShadowRoot) see(node.shadowRoot)
      const name = tag.tagged(node)
      if (!name) continue
      for (const [own, seer] of watches) {
        seer[node.isConnected && name === own ? 'observe' : 'unobserve'](node)
      }
    }
  }
}
