@NullMarked
package io.sluice.provider;

import org.jspecify.annotations.NullMarked;
