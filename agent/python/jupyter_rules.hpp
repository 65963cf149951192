// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What Jupyter makes of texts and variables (jupyter_core/paths.py, jupyter_client/kernelspec.py).
namespace envkeep::python {

// Below a prefix.
inline constexpr std::string_view jupyter_data = "/share/jupyter";

// What kernel.json says.
struct KernelText {
    std::vector<std::string> arguments;  // argv, the program first
    std::map<std::string, std::string> variables;
    std::string display_name;
    std::string language;

    friend bool operator==(const KernelText&, const KernelText&) = default;
};

// None for what is no JSON or does not begin with a program.
[[nodiscard]] std::optional<KernelText> parse_kernel(std::string_view text);

// JUPYTER_PREFER_ENV_PATH and the like: set is yes, except to one of its words for no.
[[nodiscard]] bool is_yes(const std::optional<std::string>& variable);

// "python", "python3" or "python3.11" without a folder: Jupyter starts its own interpreter then.
// Empty `version`: whatever stands behind "python3.".
[[nodiscard]] bool is_servers_own(std::string_view program, std::string_view version);

// Python's string.Template(...).safe_substitute: $NAME, ${NAME} and $$; what is not known stays.
[[nodiscard]] std::string substituted(std::string_view text,
                                      const std::map<std::string, std::string>& variables);

}  // namespace envkeep::python
