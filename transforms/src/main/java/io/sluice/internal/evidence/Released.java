package io.sluice.internal.evidence;

/**
 * A document that waited ({@link Conclusion.Then#HELD}), and what becomes of it.
 *
 * @param <D> what the engine knows a document by
 */
public record Released<D>(D document, Conclusion.Then then) {}
