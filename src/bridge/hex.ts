/** Lower-case hex of 32 bytes (hash, public key) or 20 bytes (agent id). */
export type Hex = string
