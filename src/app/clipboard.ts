/** Copying, also where the page is not a secure context (a teacher's laptop) and the clipboard API is missing. */

/** @returns false when the browser allows neither way */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'visually-hidden'
  // An open modal dialog makes the rest of the page inert; the field must be inside it.
  const host = document.querySelector('dialog[open]') ?? document.body
  host.append(field)
  field.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only command that works on an insecure origin
  const done = document.execCommand('copy')
  field.remove()
  return done
}
