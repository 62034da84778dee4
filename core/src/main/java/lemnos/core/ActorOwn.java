package lemnos.core;

/**
 * The owning handle of an actor. When the last owner closes, the actor ends with {@link
 * StopCause.Dropped}: calls made before that still run, later ones are discarded.
 *
 * <p>Owners must form a tree: an actor that comes to own itself, directly or through others, lives
 * until it is killed or its loop closes. Source of the semantics: Stakker's {@code ActorOwn}.
 */
public final class ActorOwn<A> extends Handle implements Recipient<A> {
  private final Cell<A> cell;

  ActorOwn(Cell<A> cell) {
    this.cell = cell;
    cell.addOwner();
  }

  /** The plain handle, which keeps nothing alive. */
  @Override
  public Actor<A> actor() {
    return cell;
  }

  /** Another owner of the same actor, owned by the caller. */
  public ActorOwn<A> owned() {
    checkUsable();
    return cell.loop().own(cell);
  }

  /**
   * Kills the actor soon, in a queued call after those made before. If the owner is closed right
   * afterwards the cause is still {@link StopCause.Killed}.
   */
  public void kill(Throwable error) {
    checkUsable();
    cell.loop().enqueue(new Call(CallQueue.END, cell, new StopCause.Killed(error)));
  }

  @Override
  void dropped() {
    cell.removeOwner();
  }

  @Override
  public String toString() {
    return "ActorOwn of " + cell;
  }
}
