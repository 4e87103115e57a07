@NullMarked
package io.sluice.prepare;

import org.jspecify.annotations.NullMarked;
