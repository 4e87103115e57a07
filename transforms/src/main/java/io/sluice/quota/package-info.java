@NullMarked
package io.sluice.quota;

import org.jspecify.annotations.NullMarked;
