/** What Beam's Direct runner lets nobody change from outside of its package. */
@NullMarked
package org.apache.beam.runners.direct;

import org.jspecify.annotations.NullMarked;
