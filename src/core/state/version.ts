/** Of the state's schema. Apart from the migrations, so that a genesis can name it without loading them. */
export const STATE_VERSION = 3
