/**
 * Lists: actions that the owner's policy does not want are not sent.
 *
 * The collector obeys the same lists; here they keep the data in the browser. Block wins, and an
 * allow list that is not empty admits only its own.
 *
 * Gives    tag.refuses
 *
 * @param {Tag} tag
 */
function lists(tag) {
  tag.refuses = ({allow, block}, name) => {
    // A star stands alone, or after a dot or slash (the policy's own rule).
    /** @type {(list: string[]) => any} */
    const listed = (list) =>
      list.find((rule) => rule === name || rule === name.slice(0, rule.length - 1) + '*')
    return listed(block) || (allow[0] && !listed(allow))
  }

  tag.filters.push(({action}) => tag.refuses(tag.config.lists, action))
}
