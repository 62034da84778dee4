package lemnos.http;

/** A request that cannot be served: thrown by a handler, it becomes the answer. */
public final class HttpException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param status the status of the answer, 400 to 599
   * @param message the body of the answer: the client sees it
   */
  public HttpException(int status, String message) {
    super(message, null, false, false);
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("status is " + status + "; an error's is 400 to 599");
    }
    this.status = status;
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
