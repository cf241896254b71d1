"""Logits of Hugging Face's BERT on the checkpoint that BertTests writes, and tokens of its BertTokenizer; made apart from the
product. Needs torch and transformers.

usage: reference.py FOLDER    FOLDER is written: config.json, vocab.txt, model.safetensors
Prints one line a dtype: its name, then the logits of the tokens below.
"""
import os
import sys

import torch
from transformers import BertConfig, BertForSequenceClassification

TOKENS = [2, 5, 9, 30, 17, 39, 11, 4, 8, 21, 3]


def fill(model):
    """Tensor n of the names in order holds (index * 37 + n * 11) mod 101, less 50, over 400; a scale has 1 added."""
    state = model.state_dict()
    for number, name in enumerate(sorted(state)):
        values = (torch.arange(state[name].numel()) * 37 + number * 11) % 101 - 50
        values = values.to(torch.float64) / 400
        if name.endswith("LayerNorm.weight"):
            values = values + 1
        state[name].copy_(values.reshape(state[name].shape).to(state[name].dtype))


def main(folder):
    config = BertConfig(
        vocab_size=40, hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=33,
        max_position_embeddings=16, num_labels=3)
    for name, dtype in [("F32", torch.float32), ("F16", torch.float16), ("BF16", torch.bfloat16)]:
        model = BertForSequenceClassification(config).eval().to(dtype)
        fill(model)
        if dtype == torch.float32:
            os.makedirs(folder, exist_ok=True)
            model.save_pretrained(folder)
            print(sorted(model.state_dict()))
        with torch.no_grad():
            print(name, model.float()(torch.tensor([TOKENS])).logits[0].tolist())


if __name__ == "__main__":
    main(sys.argv[1])
