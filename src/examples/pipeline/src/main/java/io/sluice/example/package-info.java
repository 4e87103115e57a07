@NullMarked
package io.sluice.example;

import org.jspecify.annotations.NullMarked;
