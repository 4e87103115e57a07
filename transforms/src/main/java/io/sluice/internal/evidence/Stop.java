package io.sluice.internal.evidence;

/**
 * Why nothing more is sent on an account.
 *
 * @param scope {@link Scope#ACCOUNT}, {@link Scope#OUTAGE}, or {@link Scope#RATE} for an account
 *     that is used up
 * @param why for a person: what happened, what was answered and from where, what to do
 * @param comeBackAt epoch nanoseconds; 0 where the provider does not say
 */
public record Stop(Scope scope, String why, long comeBackAt) {}
