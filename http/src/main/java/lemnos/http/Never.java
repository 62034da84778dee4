package lemnos.http;

import lemnos.runtime.Awaitable;

/** What nobody need wait for. */
enum Never implements Awaitable {
  READY;

  @Override
  public boolean isReady() {
    return false;
  }

  @Override
  public void arm(Runnable wake) {}
}
