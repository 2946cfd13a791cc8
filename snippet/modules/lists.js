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
    return listed(block) || (allow.length > 0 && !listed(allow))

    /** @param {string[]} list  Names, exact or with a star for any rest. */
    function listed(list) {
      for (const rule of list) {
        // A star stands alone, or after a dot or slash (the policy's own rule).
        if (rule === name || (rule.endsWith('*') && name.startsWith(rule.slice(0, -1)))) return true
      }
    }
  }

  tag.filters.push(({action}) => tag.refuses(tag.config.lists, action))
}
