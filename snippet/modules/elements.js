/**
 * Elements: finds what is tagged, in the page and its open shadow roots, now and whenever it comes.
 *
 * One observer sees the document and each root. A batch of its news costs one walk through what came;
 * what was only moved is as it was. Seconds count while the page is seen.
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
  const attach = Element.prototype.attachShadow
  const observer = new MutationObserver(
    tag.guard((records) => {
      for (const {target, attributeName, addedNodes} of records) {
        for (const node of attributeName ? [target] : addedNodes) walk(node)
      }
    })
  )

  tag.watch = (triggers, rootMargin) => {
    for (const trigger of triggers) {
      /** The timers of what counts down, nothing for what is done. @type {WeakMap<Element, any>} */
      const timers = new WeakMap()
      // A bit less: a ratio is rounded.
      const share = (trigger.percent || 10) / 101

      /** @type {(element: Element, left: any) => void} */
      const wait = (element, left) => {
        // An <img name="hidden"> is no true.
        const next = tag.guard(() => wait(element, left - +(document.hidden !== true)))
        timers.set(element, left > 0 ? setTimeout(next, Math.min(left, 1) * 1000) : seer.unobserve(element))
        if (!(left > 0)) tag.fire([trigger], [element])
      }

      const seer = new IntersectionObserver(
        tag.guard((/** @type {any[]} */ entries) => {
          for (const {target, intersectionRatio, intersectionRect, rootBounds} of entries) {
            // A frame of another origin is not told the bounds.
            if (intersectionRatio >= share || intersectionRect.height / rootBounds?.height > 0.89) {
              if (!timers.has(target)) wait(target, trigger.seconds)
            } else if (timers.get(target)) {
              // What leaves the page leaves the view too.
              clearTimeout(timers.get(target))
              timers.delete(target)
            }
          }
        }),
        // The steps below the share are for what is larger than the window: the last one that it reaches
        // shows nine tenths of what can be seen of it.
        {threshold: [...Array(66)].map((_, step) => 0.9 ** step * share), rootMargin}
      )
      watches.push([trigger.tag, seer])
    }
  }

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
    for (const walker = Document.prototype.createTreeWalker.call(document, node, 1); node; node = walker.nextNode()) {
      // A control named "shadowRoot" is the host of nothing.
      if (node.shadowRoot?.host) see(node.shadowRoot)
      for (const [name, seer] of watches) if (tag.tagged(node) === name) seer.observe(node)
    }
  }

  // A root that comes later tells nobody: no event, no news for an observer.
  /** @this {Element} @param {any} init */
  function attachShadow(init) {
    const root = attach.call(this, init)
    tag.guard(walk)(this)
    return root
  }
  // A frozen prototype stays as it is, in a module too, which is strict.
  Reflect.set(Element.prototype, 'attachShadow', attachShadow)
}
