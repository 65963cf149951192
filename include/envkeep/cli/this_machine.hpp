// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/engine/world.hpp"

#include <memory>
#include <optional>
#include <string>

namespace envkeep::cli {

// The machine that this process runs on, through the real adapters.
class ThisMachine {
  public:
    // `variables` as of environ(7); they outlive the object.
    explicit ThisMachine(const char* const* variables);
    ThisMachine(ThisMachine&&) noexcept;
    ThisMachine& operator=(ThisMachine&&) noexcept;
    ~ThisMachine();

    // Opened anew at each call, which ends the world given before. With `root` the captured machine
    // below that folder, without a writer; not_found if there is none.
    [[nodiscard]] Result<engine::World> world(const std::optional<std::string>& root);

    [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;

  private:
    struct Adapters;
    const char* const* variables_;
    std::unique_ptr<Adapters> adapters_;
};

}  // namespace envkeep::cli
