package lemnos.runtime;

import java.io.IOException;

/** What is read is no trace, or not a whole one. */
public final class TraceFault extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  TraceFault(long offset, String message) {
    super("at byte " + offset + ": " + message);
    this.offset = offset;
  }

  /** Where the packet begins that is not as it should be: everything before it is. */
  public long offset() {
    return offset;
  }
}
