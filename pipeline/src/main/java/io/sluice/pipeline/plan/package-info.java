/**
 * What is settled before anything is sent: task, files, keys, prices, time at the quota, delivery.
 */
@NullMarked
package io.sluice.pipeline.plan;

import org.jspecify.annotations.NullMarked;
