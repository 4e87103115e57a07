package io.sluice.simulate.hostile;

/** What a hostile server, or something between, may do with an answer. */
enum Hostility {
  /** Writes another answer behind the right one. */
  SURPLUS,
  /** Writes the last answer of the connection once more before the right one. */
  SHADOW,
  /** Closes a kept connection without a byte. */
  CLOSE,
  /** Answers a byte every 200 ms. */
  DRIP,
  /** Sends headers without an end. */
  HEADERS,
  /** Sends interim answers without an end. */
  INTERIM,
  /** Sends a body without an end, slowly. */
  ENDLESS,
  /** Sends a body without an end, as fast as it is read. */
  FLOOD,
  /** Asks to wait for 31 years. */
  WAIT,
  /** Answers 204 without a body. */
  BARE,
  /** Says of tokens, counts and times what cannot be. */
  NUMBERS,
  /** Answers with lists within lists. */
  DEEP,
  /** Answers an error's page of open marks. */
  MARKS,
  /** Says the key back, plain and escaped, wherever there is room. */
  KEY,
  /** Has more batches on every page. */
  PAGES;

  static final String NAMES =
      "surplus, shadow, close, drip, headers, interim, endless, flood, wait, bare, numbers, deep,"
          + " marks, key, pages; or all=RATE for each of them";
}
