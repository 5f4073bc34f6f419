#!/usr/bin/env node
/** `kubectl tiphys ...`: kubectl runs a program of this name, and it is the same as `tiphys ...`. */

import './tiphys.mjs'
