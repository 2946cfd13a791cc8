/**
 * Categories of consent: actions that the visitor may refuse one kind at a time.
 *
 * The first category that names an action decides; where nothing was said of it, the general word
 * does. The decision itself is in none.
 *
 * Needs    consent
 *
 * @param {Tag} tag
 */
function consent_categories(tag) {
  const send = tag.send

  /** @param {TagEvent} event */
  const declines = ({action}) => {
    /** @param {string} rule */
    const names = (rule) => rule === action || (rule.endsWith('*') && action.startsWith(rule.slice(0, -1)))
    const [name] = tag.config.consent_categories.find(([, rules]) => rules.some(names)) || ['']
    const said = tag.choice.categories?.[name]
    return said !== undefined && said !== true && !/^consent\./.test(action)
  }

  tag.filters.push(declines)
  // What waited for the word is asked about once more.
  tag.send = (event) => declines(event) || send(event)
}
