// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/diagnose.hpp"

namespace envkeep::testing {

enum class Source { files, fake_driver };

// Notes the fault that a diagnosis tells first, as the cause. It counts once its test has passed,
// which must fail on any other. With ENVKEEP_FAULT_COVERAGE set, the program's end prints
// `faults told N of M, false alarms K of H`, by files and with the fake driver, names the faults
// that are not told, and fails below what is asked for. Each finding must have its evidence, and
// what is more than a note its cure.
void note_cause(const gpu::Diagnosis& diagnosis, Source source);

// Of a machine on which nothing is wrong: a warning or an error is a false alarm.
void note_healthy(const gpu::Diagnosis& diagnosis);

}  // namespace envkeep::testing
