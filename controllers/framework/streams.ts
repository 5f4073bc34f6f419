/**
 * The parts of RxJS that run here, each from its own module: loading all of it costs a process 10 MB. Types may come
 * from `rxjs` itself, they cost nothing.
 */

export { BehaviorSubject } from 'rxjs/internal/BehaviorSubject'
export { Observable } from 'rxjs/internal/Observable'
export { merge } from 'rxjs/internal/observable/merge'
export { concatMap } from 'rxjs/internal/operators/concatMap'
export { filter } from 'rxjs/internal/operators/filter'
export { map } from 'rxjs/internal/operators/map'
export { Subject } from 'rxjs/internal/Subject'
