/** Hands a text or bytes to the person as a file. They never leave the browser. */
export function saveFile(fileName: string, content: string | Uint8Array, type = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The download has taken its own hold of the blob by the next task.
  setTimeout(() => URL.revokeObjectURL(url))
}
