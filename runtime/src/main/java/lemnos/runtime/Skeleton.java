package lemnos.runtime;

final class Skeleton {
  private Skeleton() {}
}
