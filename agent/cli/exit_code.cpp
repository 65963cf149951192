// SPDX-License-Identifier: MIT
#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

using engine::Ending;

constexpr std::array codes{
    ExitCode{Ending::well, 0, "all is well, or was brought to what the manifest says"},
    ExitCode{Ending::findings, 1, "findings, or something differs from the manifest"},
    ExitCode{Ending::usage, 2, "wrong use, or a manifest that must be corrected first"},
    ExitCode{Ending::partly, 3, "partly carried out: a conflict or a failed step remains"},
    ExitCode{Ending::no_store, 4, "the store is missing, empty or another one"},
    ExitCode{Ending::busy, 5, "busy: another session holds what is needed"},
    ExitCode{Ending::time_limit, 6, "the time limit passed first"},
    ExitCode{Ending::network, 7, "network or git failed"},
    ExitCode{Ending::gpu, 8, "the GPU does not work"},
    ExitCode{Ending::internal, 9, "an internal error"},
};

}  // namespace

std::span<const ExitCode> exit_codes() {
    return codes;
}

int exit_code(Ending ending) {
    return std::ranges::find(codes, ending, &ExitCode::ending)->code;
}

Ending ending_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
        case ErrorKind::invalid_manifest:
            return Ending::usage;
        case ErrorKind::store_missing:
            return Ending::no_store;
        case ErrorKind::busy:
            return Ending::busy;
        case ErrorKind::time_limit:
            return Ending::time_limit;
        case ErrorKind::unsafe_path:
        case ErrorKind::not_found:
        case ErrorKind::already_exists:
        case ErrorKind::permission_denied:
        case ErrorKind::no_space:
        case ErrorKind::read_only:
        case ErrorKind::cross_device:
        case ErrorKind::conflict:
        case ErrorKind::unsupported:
        case ErrorKind::io:
            return Ending::partly;
    }
    return Ending::internal;
}

Ending worse(Ending one, Ending other) {
    return std::max(one, other);
}

}  // namespace envkeep::cli
