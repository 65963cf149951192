// SPDX-License-Identifier: MIT
#include "cli/completion.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/reply.hpp"

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};

constexpr std::array completion_examples{
    Example{"eval \"$(envkeep completion bash)\"", "in ~/.bashrc"},
    Example{"envkeep completion zsh > ~/.zfunc/_envkeep", "a folder that is in fpath"},
    Example{"envkeep completion fish > ~/.config/fish/completions/envkeep.fish", "for fish"},
};

constexpr std::array completion_exits{ExitUse{0, "printed"},
                                      ExitUse{2, "there is none for that shell"}};

Result<Reply> run_completion(const Arguments& arguments, Context& context) {
    const std::string& shell = arguments.operands.front();
    std::string script = shell == "bash"  ? bash_completion()
                         : shell == "zsh" ? zsh_completion()
                                          : fish_completion();
    Reply reply;
    if (context.wants_json()) {
        reply.members.set("shell", shell);
        reply.members.set("script", std::move(script));
    } else {
        reply.data = std::move(script);
    }
    return reply;
}

}  // namespace

constinit const Command completion_command{
    .name = "completion",
    .summary = "print the completions for a shell",
    .details = "Commands, flags, their values and paths.",
    .operands = {.name = "SHELL", .least = 1, .most = 1, .choices = shells},
    .examples = completion_examples,
    .exits = completion_exits,
    .output = StandardOutput::data,
    .run = run_completion};

}  // namespace envkeep::cli
