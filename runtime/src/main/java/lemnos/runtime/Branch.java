package lemnos.runtime;

/** A supervisor tree as the child of another. */
record Branch(SupervisorTree tree) implements Member {
  @Override
  public void startAt(long time) {
    tree.handle(() -> tree.restart(time));
  }

  @Override
  public void stop() {
    tree.handle(tree::stopLives);
  }

  /** In the time that its own options give. */
  @Override
  public void finish() {
    end();
  }

  @Override
  public void end() {
    tree.stop();
  }

  @Override
  public String toString() {
    return tree.toString();
  }
}
