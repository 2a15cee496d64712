"""A tiny random model that ends its lines and its turns, so that self-study gets usable conversations from it."""

import shutil
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

SEED = 21
CONSTANT = 4.0
# Weights that make a newline or the end of a turn come after some ten tokens.
ENDING = 1.9


def make_talkative_model(tokenizer_of: Path, target: Path) -> Path:
    """Write a two-layer Llama to `target` whose first channel is a constant that its head reads."""
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_of)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=2048,
        tie_word_embeddings=False,
        initializer_range=0.1,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    (newline,) = tokenizer.encode("\n", add_special_tokens=False)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = CONSTANT
        model.lm_head.weight[:, 0] = 0.0
        model.lm_head.weight[newline, 0] = ENDING
        model.lm_head.weight[tokenizer.eos_token_id, 0] = ENDING
    model.save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tokenizer_of / name, target / name)
    return target
