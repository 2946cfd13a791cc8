/**
 * Lists: actions that the owner's policy does not want are not sent.
 *
 * The collector obeys the same lists; here they save the request. Block wins, and an allow list
 * that is not empty admits only its own.
 *
 * @param {Tag} tag
 */
function lists(tag) {
  const {allow, block} = tag.config

  tag.filters.push(({action}) => listed(block, action) || (allow.length > 0 && !listed(allow, action)))

  /**
   * @param {string[]} list  Actions, exact, `prefix.*` or `*`.
   * @param {string} action
   */
  function listed(list, action) {
    return list.some(
      // A star stands alone or after a dot (the policy's own rule).
      (rule) => rule === action || (rule.endsWith('*') && action.startsWith(rule.slice(0, -1)))
    )
  }
}
