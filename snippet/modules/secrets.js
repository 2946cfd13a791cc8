/**
 * Secrets: tells what must not be sent although a visitor typed it: passwords, card numbers,
 * one-time codes, account numbers and national ids.
 *
 * By what is said of a field, and by the value itself: 13 to 19 digits with a card's check digit, an
 * IBAN with its checksum, a US social security number, alone or within a text.
 *
 * Gives    tag.secret
 * Misses   a password in a field that nothing calls so
 *
 * Source: ISO/IEC 7812-1 annex B (Luhn), ISO 13616-1 and ISO/IEC 7064 (mod 97-10), HTML "Autofill".
 *
 * @param {Tag} tag
 */
function secrets(tag) {
  tag.secret = (about, value) => {
    // Written in groups, and perhaps with an expiry date behind: any row of groups may be it. A
    // comma or point ends a number, as in a list or a coordinate.
    const groups = `${value}`.match(/\d+|[a-z]+|[.,:;+/]/gi) || []
    for (const start of groups.keys()) {
      let row = ''
      for (const group of groups.slice(start, start + 34)) {
        row += group
        // No card begins with 0, 1 or 7; a time in ms begins with 1.
        if (/^([2-689]\d{12,18}|[a-z]{2}\d\d\w{0,4}\d\w{9,29})$/i.test(row)) {
          // Of a card every other digit is doubled, and its own digits added: the sum is of tens. The
          // characters of an IBAN, the first four last, are a number that leaves 1 by 97.
          const iban = +/[a-z]/i.test(row)
          let place = row.length
          let rest = 0
          for (const char of iban ? row.slice(4) + row.slice(0, 4) : row) {
            const digit = parseInt(char, 36)
            rest = iban ? +(rest + '' + digit) % 97 : (rest + (place++ % 2 ? digit : (2 * digit) % 9 || digit)) % 10
          }
          if (rest === iban) return true
        }
      }
    }
    // `userPin` and `user_pin` have a word "pin" then, "shipping" has none.
    return (
      /pass.?(wo|wd|code)|pesel|iban|pwd|cv[cv]|(card|cc|time|verification|security|national).?(num|code|n[or]\b)|sms.?code|national.?id|\b(cc-|(pin|otp|pw|ssn|csc|has\So)\d?\b)/i.test(
        about.replace(/([a-z])(?=[A-Z])|_/g, '$1 '),
      ) || /\b\d{3}-\d\d-\d{4}\b/.test(value)
    )
  }
}
