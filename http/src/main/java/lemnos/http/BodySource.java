package lemnos.http;

import java.io.IOException;
import lemnos.runtime.Awaitable;

/** What a {@link Body} comes from: the side of a connection that knows its limits and errors. */
interface BodySource {
  /** The body is about to be read for the first time. */
  void wanted() throws IOException;

  /** Waits until the link has the next piece or has ended, or until {@code also} is ready. */
  void awaitPiece(Body body, Awaitable also) throws IOException;

  /** What is thrown when the body is longer than {@code limit}. */
  Exception tooLong(long limit);

  /** What is thrown when the body is no HTTP. */
  Exception malformed(Throwable cause);

  /** What is thrown when the peer ends its side in the middle of the body. */
  Exception cutOff();

  /** The body has ended. */
  void ended();
}
