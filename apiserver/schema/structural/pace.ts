/** Says to walks over large schemas when it is time that others have a turn. */

/** Schemas that are looked at in between: some milliseconds. */
const schemasEach = 1000

export class Pace {
  #seen = 0

  /** Called for each schema. */
  get isDue(): boolean {
    return ++this.#seen % schemasEach === 0
  }
}
