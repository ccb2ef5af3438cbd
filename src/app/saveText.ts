/** Hands a text to the person as a file. It never leaves the browser. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The download has taken its own hold of the blob by the next task.
  setTimeout(() => URL.revokeObjectURL(url))
}
