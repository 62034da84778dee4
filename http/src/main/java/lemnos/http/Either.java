package lemnos.http;

import lemnos.runtime.Awaitable;

/** Ready when one of two is. */
record Either(Awaitable one, Awaitable other) implements Awaitable {
  @Override
  public boolean isReady() {
    return one.isReady() || other.isReady();
  }

  @Override
  public void arm(Runnable wake) {
    one.arm(wake);
    other.arm(wake);
  }
}
