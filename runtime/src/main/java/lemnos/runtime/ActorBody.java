package lemnos.runtime;

/**
 * A sequential actor that has been made and is about to run, once.
 *
 * @param <M> the messages it receives
 */
@FunctionalInterface
public interface ActorBody<M> {
  /** Runs the actor to its end. If this throws, its {@link Supervisor} decides. */
  void run(Context<M> ctx) throws Exception;
}
