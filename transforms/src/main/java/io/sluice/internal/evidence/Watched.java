package io.sluice.internal.evidence;

import java.time.Duration;
import java.time.ZoneId;

/**
 * What an account is watched with.
 *
 * @param maxConcurrent how many calls may be in flight, 1 or more
 * @param maxAttempts how often a document is asked, 1 or more
 * @param outage how long the provider may be away
 * @param zone of the times in words
 */
public record Watched(int maxConcurrent, int maxAttempts, Duration outage, ZoneId zone) {}
