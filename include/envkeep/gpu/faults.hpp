// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// The faults that the doctor can tell: agent/gpu/data/faults.txt, from which docs/doctor.md has its
// table.
namespace envkeep::gpu {

// On the way of a CUDA call, from the card up; the first one that is broken has the cause.
enum class Stage : std::uint8_t {
    card,       // there is one on PCI
    module,     // the kernel's driver is loaded, and is right for the card
    nodes,      // /dev/nvidia*, with the right numbers, may be opened
    container,  // the runtime gave the driver's libraries
    libcuda,    // the loader takes the right one
    variables,  // of the notebook's process
    framework,  // which Python, which torch, which build
    wheel,      // its CUDA against the driver, its code against the card
    libraries,  // that it needs, as the loader finds them
    companions,
    resources,
    probe,  // what the driver answers when it is used
};

// "graphics card", "kernel driver", ...
[[nodiscard]] std::string_view word_of(Stage stage);

struct Fault {
    std::string_view id;  // never changes its meaning
    Stage stage = Stage::card;
    std::string_view who;    // can cure it: "you", "restart, host"
    std::string_view sees;   // what the user meets
    std::string_view cause;  // in general words; a finding tells the particular ones
    std::string_view cure;
};

// By stage.
[[nodiscard]] std::span<const Fault> all_faults();

// Null if there is no such id.
[[nodiscard]] const Fault* find_fault(std::string_view id);

}  // namespace envkeep::gpu
