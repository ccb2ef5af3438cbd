/** What the invitation says; loaded with it. */
export const inviteText = {
  title: 'Invite',
  intro: 'Whoever opens this link joins this very network with one tap.',
  qr: 'QR code of the room link',
  copyName: 'room link',
  noRelay: 'There is no relay here, so the link works in tabs of this browser on this address only.',
  local: 'This address is of this device only. For others, open the page under the address of your machine in the local network.'
}
