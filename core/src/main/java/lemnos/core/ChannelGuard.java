package lemnos.core;

/**
 * The receiving end of a {@link Channel}: a linear handle that keeps the channel open. When it
 * ends, messages that wait are discarded and senders see that the channel is closed, those too that
 * wait for room. Let the actor that receives hold it.
 */
public final class ChannelGuard<M> extends Handle {
  private final ChannelQueue<M> queue;

  ChannelGuard(ChannelQueue<M> queue) {
    this.queue = queue;
  }

  /**
   * A sending end, which may go to any thread.
   *
   * @throws IllegalStateException if the receiver was told already that all senders are gone
   */
  public Channel<M> sender() {
    checkOwned();
    return queue.sender();
  }

  @Override
  void dropped() {
    queue.abandon();
  }

  @Override
  public String toString() {
    return "ChannelGuard of " + queue;
  }
}
