// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/diagnose.hpp"
#include "envkeep/manifest/manifest.hpp"
#include "envkeep/system/inspector.hpp"

// What the manifest wants of the GPU.
namespace envkeep::gpu {

// The diagnosis, and what of `gpu:` is not so. A machine without a GPU lacks nothing unless one is
// required; where none is expected what is wrong with one is a note. What nothing tells is an info
// finding.
[[nodiscard]] Diagnosis with_wishes(Diagnosis diagnosis,
                                    const manifest::Gpu& wanted,
                                    const Facts& facts,
                                    const CompatData& data);

// False only where this machine has neither a card of NVIDIA nor its driver: a few system calls.
[[nodiscard]] bool may_have_gpu(const system::Inspector& machine);

}  // namespace envkeep::gpu
