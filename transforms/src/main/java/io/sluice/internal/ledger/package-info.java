@NullMarked
package io.sluice.internal.ledger;

import org.jspecify.annotations.NullMarked;
